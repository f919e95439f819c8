// Package client is the Go client of CacheGopher: a cache of one or more groups
// of nodes, used like a map with deadlines.
//
//	c, err := client.New(client.WithConfigFile("cacheGopherConfig.json"))
//	err = c.Set(ctx, "user:42", value, client.TTL(time.Minute))
//	v, err := c.Get(ctx, "user:42") // errors.Is(err, client.ErrNotFound)
//	v, err = c.GetOrLoad(ctx, "user:42", time.Minute, loadUser)
//
// # Where requests go
//
// A key's hash picks a group (package ring). Writes go to the group's primary,
// reads round robin to its healthy members. Every node has a few connections
// that all goroutines share: requests of many are sent by one write and received
// by one read. Goroutines of the client dial, replace and repair connections;
// that never happens on a caller's time, nor does it end with a caller's context.
//
// # Contexts and failures
//
// A context is obeyed wherever an operation may wait: for a connection, for room
// in the queue, for the reply. A caller whose context ends returns at once; its
// reply is dropped when it comes. A context without deadline is bounded by the
// read timeout: a connection whose oldest request is older is cut.
//
// A read is tried on the group's other members, within its deadline. A write is
// tried again only when it surely did not reach the node (ErrNotSent), unless
// the caller says that doing it twice is harmless (Idempotent). ErrUnknown says
// that it may have taken effect. Every error is an *Error, which names
// operation, node and address, the queue's length, and how long was waited.
//
// A node that fails several times in a row is set aside for a while, and probed
// by one request before others are sent to it.
//
// # Memory
//
// Keys and values are any bytes, together up to MaxItemBytes; keys are not
// empty. A connection has buffers of 8 KB, which grow with what is sent and
// received and shrink again; the number of requests and bytes in flight is
// bounded (WithMaxInFlight). In steady state Get allocates the value and nothing
// else, GetTo and Set nothing.
//
// # Dependencies
//
// Outside the standard library and this module there is one:
//
//   - github.com/cespare/xxhash/v2, through package ring: it places keys.
//
// What would need more is in modules of its own below this folder: the near
// cache, tracing and metrics, and adapters to other libraries' interfaces.
package client
