/*
 * Preloaded with libasan into a stock server. Some libraries' constructors (libgpg-error's) run before ASan's own and
 * call what it intercepts, which hangs it at the start; linked with -z initfirst, this one comes before them all and
 * has ASan make itself ready.
 */
#include <stdlib.h>

extern char **environ;

__attribute__((constructor)) static void make_ready(int argc, char **argv, char **environment) {
  (void)argc;
  (void)argv;
  environ = environment;
  void *volatile memory = malloc(1); /* volatile: or the compiler leaves both out */
  free(memory);
}
