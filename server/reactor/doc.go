// Package reactor owns the sockets of a server: it accepts connections, enrolls them with event loops,
// reads them, writes replies, waits for write readiness, finishes half-closed connections, speaks TLS,
// and keeps the time. Each connection's Handler interprets the bytes.
//
// gnet runs the event loops and reads the sockets; no other package imports it. Where gnet would buffer
// without bound, or would end, the reactor does the work itself:
//
//   - It accepts by itself and enrolls each connection with gnet afterwards. gnet ends when accept
//     fails, for instance for lack of file descriptors.
//   - OnTraffic takes everything that gnet has read, so that gnet's inbound ring stays empty.
//   - Replies are written to the socket directly. Bytes that the kernel does not take are kept in a buffer of
//     the connection, so that gnet's outbound buffer stays empty. A poller of each loop's own
//     (writability) reports when such a socket is writable again; gnet's poller watches that one.
//   - Other goroutines wake a loop by its wake-up descriptor, a socket pair of which gnet reads one end
//     like any connection. gnet's own Wake runs in a queue that is emptied before sockets are looked at
//     again, so that connections that keep waking each other would shut out all others.
//   - gnet closes its socket when the client closes its sending half. If replies or requests are left,
//     the connection continues with a duplicate of the socket.
//
// Each connection belongs to one loop. All of its state belongs to that loop's goroutine, unless a field
// says otherwise.
package reactor
