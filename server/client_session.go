package server

// clientSession is the protocol state of one connection: it turns the bytes received into the bytes to send. Only
// one goroutine at a time calls its methods.
type clientSession interface {
	// Run executes the complete requests at the front of in and appends their replies to out, little more
	// than limit bytes. It returns the number of bytes of in that it has consumed, and out. It retains
	// neither.
	Run(l scratch, in, out []byte, limit int) (used int, reply []byte)
	// Ahead gets what the next Run will get, before other sessions run: for load.
	Ahead(l scratch, in []byte)
	// Need is how many bytes must arrive in addition to those that Run left before it can make progress;
	// 0: not known.
	Need() int
	// More reports that Run stopped because of limit or fairness and must be called again, even without
	// further input, once the replies so far are sent.
	More() bool
	// Blocked reports that Run has nothing to do before the session calls wake, even if More is true.
	Blocked() bool
	// Backlog bounds the connection's unexecuted input in bytes; 0: the server's limit.
	Backlog() int
	// Kept is the number of bytes of an unfinished reply in the session. They count with the connection's buffers.
	Kept() int
	// Closing reports that the connection must be closed once the replies so far are sent.
	Closing() bool
	// Reason is why the session closes the connection, once Closing is true; empty if the client asked for it.
	Reason() string
	// Refuse is the error for a newcomer that must go, in its client's dialect; empty if a reply is unfinished. known is
	// false while the client has not shown its dialect.
	Refuse() (text []byte, known bool)
	// Close is called once, after all other methods, when the connection is closed.
	Close()
}

// scratch is memory for the sessions that one event loop runs.
type scratch any

// connInfo describes a connection to its session.
type connInfo struct {
	id            uint64 // unique within the process, from 1
	remote, local string
	user          string     // the user that its certificate names; empty: none
	tls           bool       // it speaks TLS
	fd            func() int // its descriptor, 0 before it is opened and after; any goroutine may call it
	// wake makes the loop run the session soon. Any goroutine may call it, also after Close.
	wake func()
	// refusal is set for a newcomer: the error that answers a command that only clients may use, behind its code. The session
	// then closes.
	refusal string
	// refused counts such a reply. node counts the connection as another node's; it returns false if there is no room
	// for another node. The goroutine that runs the session calls both.
	refused func()
	node    func() bool
}

// sessions makes sessions. Any goroutine may call newSession.
type sessions interface {
	newScratch() scratch
	// load asks for the memory that the requests of which sessions were told by Ahead will need.
	load(scratch)
	newSession(connInfo) clientSession
	// refuse returns text, an error behind its code, in the dialect of a client whose first bytes are in; nil if these do not
	// show it.
	refuse(in []byte, text string) []byte
}
