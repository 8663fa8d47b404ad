// Perl's built-in functions by how they take their arguments.

/** One argument, or `$_` if it may be left out; binds tighter than a comparison. */
export const UNARY = new Set(
  'defined ref scalar lc uc lcfirst ucfirst length chr ord int hex oct abs sqrt sin cos exp log srand rand chomp chop chdir rmdir readlink quotemeta shift pop caller undef exists delete each keys values exit umask sleep localtime gmtime alarm require lock stat lstat fc close closedir readdir rewinddir fileno eof tell getc chroot getpwnam getpwuid getgrnam getgrgid gethostbyname getprotobyname pos study glob'.split(
    ' ',
  ),
);
/** As many arguments as there are, up to the end of the list. */
export const LIST = new Set(
  'print printf say push unshift splice join split sprintf die warn reverse sort map grep unlink open binmode seek read sysread syswrite sysopen truncate mkdir opendir system exec kill waitpid chmod chown rename link symlink utime pack unpack index rindex substr atan2 bless select connect bind listen accept shutdown setsockopt getsockopt socket send recv fcntl ioctl flock crypt vec local_time syscall getservbyname setpgrp getpgrp getpriority setpriority pipe'.split(
    ' ',
  ),
);
/** No arguments. */
export const NONE = new Set(
  'wait fork time times getppid wantarray getlogin sub __FILE__ __LINE__ __PACKAGE__ break'.split(' '),
);

/** Without an argument these work on `$_`. */
export const ON_TOPIC = new Set(
  'lc uc lcfirst ucfirst length chr ord int hex oct abs sqrt sin cos exp log chomp chop rmdir readlink quotemeta defined ref unlink stat lstat print say pos fc alarm require study chroot'.split(
    ' ',
  ),
);
