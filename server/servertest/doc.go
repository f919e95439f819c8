// Package servertest starts real nodes in a test's process, so that code that uses a cache is tested
// against a node and not against a mock:
//
//	func TestService(t *testing.T) {
//		node := servertest.Start(t)
//		c, err := client.New(client.WithServers(node.Address))
//		...
//		node.Stall() // from now on the cache does not reply
//	}
//
// A node listens on a free port of 127.0.0.1 and ends with the test; it is composed as the daemon
// composes it, with users, TLS and an admin listener if the test wants them. StartGroup starts nodes that
// replicate. Between a node's address and the node stands a small proxy, which stalls, cuts, delays and
// fails on request; Direct is the node's address without it, for tests that measure.
//
// The package imports the server. Import it in tests only.
package servertest
