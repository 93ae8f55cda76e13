"""A PostgreSQL cluster of a test's own, that may be killed. Does not run as root."""
import os
import signal
import subprocess
import tempfile
import time

import psycopg2


class Cluster:
    def __init__(self, bindir, folder, settings=""):
        self.bindir = bindir
        self.folder = folder
        self.data = os.path.join(folder, "data")
        self.settings = settings
        # Its path must be short.
        self.socket = tempfile.mkdtemp(prefix="pu_history.", dir="/tmp")
        self.log = os.path.join(folder, "server.log")
        self.database = "postgres"

    def run(self, *command):
        done = subprocess.run([os.path.join(self.bindir, command[0]), *command[1:]], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{command[0]}: {done.stdout}\n{self.log_tail()}")

    def log_tail(self):
        try:
            with open(self.log, encoding="utf-8", errors="replace") as log:
                return "".join(log.readlines()[-30:])
        except FileNotFoundError:
            return ""

    def create(self):
        os.makedirs(self.folder, exist_ok=True)
        self.run("initdb", "-D", self.data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8",
                 "--no-sync", "--data-checksums")
        self.configure(self.settings)

    def configure(self, settings):
        with open(os.path.join(self.data, "postgresql.conf"), "a", encoding="utf-8") as conf:
            conf.write(f"listen_addresses = ''\nunix_socket_directories = '{self.socket}'\n{settings}\n")

    def copy_of(self, primary):
        """Makes this the standby of a running cluster."""
        os.makedirs(self.folder, exist_ok=True)
        self.run("pg_basebackup", "-D", self.data, "-h", primary.socket, "-U", "postgres", "-R", "-X", "stream",
                 "-c", "fast", "--no-sync", "-C", "-S", "standby")
        self.configure(self.settings)

    def start(self):
        self.run("pg_ctl", "-D", self.data, "-l", self.log, "-w", "-t", "120", "start")

    def stop(self, mode="fast"):
        if self.pid() is not None:
            self.run("pg_ctl", "-D", self.data, "-m", mode, "-w", "-t", "120", "stop")

    def remove(self):
        try:
            self.stop("immediate")
        finally:
            if os.path.isdir(self.socket):
                for name in os.listdir(self.socket):
                    os.unlink(os.path.join(self.socket, name))
                os.rmdir(self.socket)

    def pid(self):
        try:
            with open(os.path.join(self.data, "postmaster.pid"), encoding="ascii") as file:
                return int(file.readline())
        except (FileNotFoundError, ValueError):
            return None

    def kill_server(self):
        """kill -9 of the postmaster and of every process it has."""
        postmaster = self.pid()
        children = subprocess.run(["ps", "-o", "pid=", "--ppid", str(postmaster)], stdout=subprocess.PIPE, text=True,
                                  check=True).stdout.split()
        pids = [postmaster, *map(int, children)]
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        # A zombie still is somebody, to the next postmaster: whoever adopted it must have buried it.
        for _ in range(3000):
            if not any(os.path.exists(f"/proc/{pid}") for pid in pids):
                return
            time.sleep(0.01)
        if not all(_is_gone(pid) for pid in pids):
            raise RuntimeError("processes survive a kill -9")
        os.unlink(os.path.join(self.data, "postmaster.pid"))

    def connect(self, autocommit=True):
        connection = psycopg2.connect(host=self.socket, user="postgres", dbname=self.database)
        connection.autocommit = autocommit
        return connection

    def sql(self, statement, *parameters):
        connection = self.connect()
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement, parameters or None)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()

    def new_database(self, name):
        """From now on this one is meant, in place of an earlier one of this name."""
        self.database = "postgres"
        self.sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        self.sql(f"CREATE DATABASE {name}")
        self.database = name

    def create_extension(self):
        self.sql("CREATE EXTENSION product_upsert")
        if self.sql("SELECT 1 FROM pg_proc WHERE proname = 'product_tables_create'"):
            self.sql("SELECT product_tables_create()")


def _is_gone(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True
