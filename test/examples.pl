#!/usr/bin/env perl
# Holds the examples of the documentation to what they say: runs every ```sql block of a Markdown file, in order, in one
# psql session of a new database, and compares what psql prints with the block that follows. The session is that of a role that
# owns the database and may create roles, and is no superuser.
#   test/examples.pl [--write | --first] FILE...      against the server of PGHOST and PGPORT, whose superuser makes the database
#   --first runs the first block of each file alone
#   --write puts what psql printed in place of what stands there: read the diff before you commit it
# ```sh blocks are run where they stand, in a folder of their own, with PGUSER and PGDATABASE set; databases that they create are dropped.
# An output block is fenced with ``` alone (psql's tables and errors) or with ```json (unaligned; white space does not count). A block
# without one must not fail. <!-- run … --> is run and not shown. Times and uuids are masked on both sides.
use strict;
use warnings;

use File::Temp qw(tempdir);

sub read_blocks
{
	my ($file) = @_;
	open my $in, '<', $file or die "$file: $!\n";
	chomp(my @lines = <$in>);
	my @blocks;
	for (my $i = 0; $i < @lines; ++$i)
	{
		my ($hidden, $end);
		if ($lines[$i] eq '<!-- run') { ($hidden, $end) = (1, '-->') }
		elsif ($lines[$i] =~ /^```(sql|sh)$/) { ($hidden, $end) = (0, '```') }
		else { next }
		my %block = (shell => $lines[$i] eq '```sh', line => $i + 2, hidden => $hidden, sql => '', kind => '');
		$block{sql} .= "$lines[$i]\n" while ++$i < @lines && $lines[$i] ne $end;
		if (!$hidden && $i + 1 < @lines && $lines[ $i + 1 ] =~ /^```(json)?$/)
		{
			$block{kind} = $1 ? 'json' : 'table';
			$block{from} = $i += 2;
			++$i while $i < @lines && $lines[$i] ne '```';
			$block{to} = $i - 1;
			$block{expected} = join '', map { "$_\n" } @lines[ $block{from} .. $block{to} ];
		}
		push @blocks, \%block;
	}
	return (\@lines, \@blocks);
}

sub run_blocks
{
	my ($database, $owner, $blocks) = @_;
	my $folder = tempdir(CLEANUP => 1);
	my $script = "\\set SHOW_CONTEXT never\nSET client_min_messages = warning;\n";
	for my $n (0 .. $#$blocks)
	{
		my $json = $blocks->[$n]{kind} eq 'json';
		my $sql = $blocks->[$n]{sql};
		if ($blocks->[$n]{shell})
		{
			open my $shell, '>', "$folder/$n.sh" or die "$folder/$n.sh: $!\n";
			print $shell $sql;
			close $shell;
			$sql = "\\! cd $folder && { PGUSER=$owner PGDATABASE=$database sh -e $n.sh 2>&1 || echo ERROR: exit status \$?; }";
		}
		$script .= sprintf "\\pset format %s\n\\pset tuples_only %s\n\\echo <<%d>>\n%s\n", $json ? 'unaligned' : 'aligned',
		  $json ? 'on' : 'off', $n, $sql;
	}
	my $path = "/tmp/examples.$$.sql";
	open my $out, '>', $path or die "$path: $!\n";
	print $out $script;
	close $out;
	my $printed = `psql -Xq -U $owner -d $database < $path 2>&1`;
	unlink $path;
	my (undef, @parts) = split /^<<\d+>>\n/m, $printed, -1;
	s/[ \t]+$//mg, s/\n+\z/\n/ for @parts;
	return @parts;
}

sub masked
{
	my ($text, $kind) = @_;
	$text =~ s/[ \t]+$//mg;
	$text =~ s/\n+\z/\n/;
	$text =~ s/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:[\d.]+(Z|[-+]\d\d(:\d\d)?)?/<time>/g;
	$text =~ s/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/<uuid>/g;
	$text =~ s/\s+//g if $kind eq 'json';
	return $text;
}

# Breaks long JSON between members.
sub wrapped
{
	my ($text) = @_;
	my ($out, $line) = ('', '');
	for my $piece ($text =~ /((?:"(?:[^"\\]|\\.)*"|[^",\n]|,(?! ))*(?:, |\n|$))/g)
	{
		if (length($line . $piece) > 116 && $line ne '')
		{
			$line =~ s/ $//;
			$out .= "$line\n";
			$line = ' ';
		}
		$line .= $piece;
		if ($line =~ /\n\z/) { $out .= $line; $line = '' }
	}
	return $out . $line;
}

# [name, passed, what differs] for every block that can fail.
sub check_file
{
	my ($file, $how) = @_;
	my $write = $how eq '--write';
	my ($lines, $blocks) = read_blocks($file);
	$#$blocks = 0 if $how eq '--first' && @$blocks;
	my $database = "examples_$$";
	my $owner = "examples_owner_$$";
	my @as_superuser = ('psql', '-Xq', '-d', 'postgres', '-v', 'ON_ERROR_STOP=1', '-c');
	for my $command ("CREATE ROLE $owner LOGIN CREATEROLE CREATEDB", "CREATE DATABASE $database OWNER $owner")
	{
		system(@as_superuser, $command) == 0 or die "no database\n";
	}
	system('psql', '-Xq', '-U', $owner, '-d', $database, '-c', 'CREATE EXTENSION product_upsert', '-c', 'SELECT product_tables_create()', '-o', '/dev/null') == 0
	  or die "no extension\n";
	my @parts = run_blocks($database, $owner, $blocks);
	my @databases = split /\n/, `psql -XAtq -d postgres -c "SELECT quote_ident(datname) FROM pg_database WHERE pg_get_userbyid(datdba) = '$owner'"`;
	system(@as_superuser, $_) for (map { "DROP DATABASE $_ WITH (FORCE)" } @databases), "DROP ROLE $owner";

	my @results;
	for my $n (reverse 0 .. $#$blocks)
	{
		my $block = $blocks->[$n];
		my $printed = $parts[$n] // "psql ended before\n";
		my ($passed, $told);
		if ($block->{kind})
		{
			$passed = masked($printed, $block->{kind}) eq masked($block->{expected}, $block->{kind});
			$told = "printed:\n$printed";
			$printed = wrapped($printed) if $block->{kind} eq 'json';
			splice @$lines, $block->{from}, $block->{to} - $block->{from} + 1, split /\n/, $printed if $write && !$passed;
		}
		else
		{
			$passed = $printed !~ /^(ERROR|FATAL|psql ended)/m;
			$told = $printed;
		}
		unshift @results, ["$file:$block->{line}", $passed || ($write && $block->{kind}), $told];
	}
	if ($write)
	{
		open my $out, '>', $file or die "$file: $!\n";
		print $out "$_\n" for @$lines;
	}
	return @results;
}

unless (caller)
{
	my $how = @ARGV && $ARGV[0] =~ /^--(write|first)$/ ? shift : '';
	my $failed = 0;
	for my $result (map { check_file($_, $how) } @ARGV)
	{
		next if $result->[1];
		++$failed;
		print "$result->[0]: $result->[2]\n";
	}
	print $failed ? "$failed examples differ\n" : "all examples are true\n";
	exit($failed ? 1 : 0);
}

1;
