// Package sut opens systems under test, the targets of the load generator: servers, over raw connections in their own
// protocols, and libraries in this process.
//
// Open makes a Target from a URL. A Target has either a Wire or a Caller. A Wire, for a server, says where to connect
// and how requests and replies are encoded; the generator does the rest with its own event loops. A Caller, for a
// library, is called by ordinary goroutines.
package sut
