// Package localreads hands the memory of a node's store to clients of the same machine, which then read from it without
// asking the node.
//
// A client asks for it over its connection with LOCALREADS, and gets the path of a unix socket and a token that is valid
// once and for a few seconds. It connects there and sends the token; the node answers with two descriptors that can only be
// read: the file with the table of the store, which package lru/view reads, and a Board, a page on which the node says
// whether it may be read, for which slots, and what time it is.
//
// All of it is for Linux on amd64 only. On other systems NewBoard and Receive return ErrUnsupported, as clients do there.
package localreads

import "errors"

// ErrUnsupported is returned where memory cannot be handed out, or not be read.
var ErrUnsupported = errors.New("local reads need Linux on amd64")
