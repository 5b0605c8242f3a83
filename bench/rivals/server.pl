#!/usr/bin/perl
# A pod's server for the rivals: answers every connection with its name. Perl is on every Debian, and up in a few milliseconds.
use strict;
use warnings;
use Socket;

my ($name) = @ARGV;
socket(my $server, PF_INET, SOCK_STREAM, 0) or die "socket: $!";
setsockopt($server, SOL_SOCKET, SO_REUSEADDR, 1) or die "setsockopt: $!";
bind($server, sockaddr_in(80, INADDR_ANY)) or die "bind: $!";
listen($server, 128) or die "listen: $!";
while (accept(my $client, $server)) {
  sysread($client, my $request, 65536);
  my $body = "Hostname: $name\n";
  syswrite($client, "HTTP/1.1 200 OK\r\nContent-Length: " . length($body) . "\r\nConnection: close\r\n\r\n$body");
  close($client);
}
