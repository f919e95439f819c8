// Package sut opens systems under test, which the generator loads: servers, over raw connections in
// their own protocols, and libraries in this process.
//
// Open makes a Target of a URL. A Target has one of two things: a Wire, for a server, says where to
// connect and how requests and replies look as bytes, and the generator does the rest with its own
// event loops; a Caller, for a library, is called by ordinary goroutines.
package sut
