// Package target reaches what the generator loads: servers by their own protocols over raw
// connections, and libraries in the process.
//
// Open makes a Target of a URL. A Target offers one of two ways: a Wire, for servers, says where to
// connect and how requests and replies look as bytes, and the generator does the rest with its own
// event loops; a Caller, for libraries, is called by ordinary goroutines.
package target
