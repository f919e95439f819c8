// Package server carries bytes between sockets and sessions: it accepts connections, hands what
// arrives on them to their sessions, and sends what the sessions reply. What the bytes mean is none
// of its business.
//
// gnet runs the event loops and reads the sockets. Everything that gnet would buffer without bound, or
// that would end it, is kept away from it:
//
//   - The server accepts by itself and enrolls each connection with gnet afterwards. gnet ends when
//     accept fails, for instance for want of file descriptors, and it gives up SO_REUSEPORT, its only
//     guard against that, as soon as one address is a unix socket.
//   - OnTraffic takes everything that gnet has read, so that gnet's inbound ring stays empty. What
//     cannot be executed yet waits in a buffer of the connection, which is bounded and counted.
//   - Replies are written to the socket directly, once for each turn of a connection. What the kernel
//     does not take waits in a buffer of the connection too, so that gnet's outbound buffer stays empty.
//     A poller of the server's own (see watcher) tells when such a socket takes bytes again.
//   - A loop is reached from other goroutines by its bell, a socket pair of which gnet reads one end
//     like any connection. gnet's own Wake runs in a queue that is emptied before sockets are looked at
//     again, so that connections which keep waking each other would shut out all others.
//
// Each connection belongs to one loop, and all of its state to that loop's goroutine, unless a field
// says otherwise.
package server
