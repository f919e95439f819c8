// Package client is the Go client of CacheGopher: a cache of one or more groups
// of nodes, used like a map whose entries expire.
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
// that all goroutines share: one write sends requests of many goroutines, and one
// read receives their replies. Goroutines of the client dial, replace and repair
// connections, never the caller's, and independently of any caller's context.
//
// # Contexts and failures
//
// An operation observes its context wherever it may wait: for a connection, for room
// in the queue, for the reply. A caller whose context ends returns at once, and its
// reply is dropped when it arrives. Without a deadline the read timeout bounds the
// wait: a connection is closed when its oldest request exceeds it.
//
// A read is tried on the group's other members, within its deadline. A write is
// tried again only when it certainly did not reach the node (ErrNotSent), unless
// the caller says that repeating it is harmless (Idempotent). ErrUnknown says
// that it may have taken effect. When a node answers that another group owns the
// key (MOVED), nothing was done: the client asks for the topology and sends the
// request to the owner, within its deadline. Every error is an *Error with the operation, the
// node and its address, the queue's length, and how long the caller waited.
//
// A node that fails several times in a row is set aside for a while. One request
// probes it before others are sent to it.
//
// # Memory
//
// Keys and values are any bytes, together up to MaxItemBytes; keys are not
// empty. A connection's buffers begin at 8 KB, grow as needed and shrink again; the
// number of requests and bytes in flight is bounded (WithMaxInFlight). In steady
// state Get allocates only the value, and GetTo and Set allocate nothing.
//
// # Dependencies
//
// Outside the standard library and this module there are two:
//
//   - github.com/cespare/xxhash/v2, through package ring: it places keys.
//   - golang.org/x/sys, for WithLocalReads: it maps a node's memory.
//
// Packages below this folder that need more are modules of their own: the near cache,
// OpenTelemetry, Prometheus, and the gocache adapter.
package client
