package server

// clientSession is the state of one connection's requests: it turns the bytes received into the bytes to send. Only
// one goroutine at a time uses it, except for what its maker allows.
type clientSession interface {
	// Run executes the complete requests at the front of in and appends their replies to out, of which
	// it adds little more than limit bytes. It returns how much of in is done with, and out. It keeps
	// neither in nor out.
	Run(l scratch, in, out []byte, limit int) (used int, reply []byte)
	// Need is how many bytes beyond those that Run left have to arrive before calling it again is of
	// use; 0 if that is not known.
	Need() int
	// More reports that Run stopped because of limit or fairness and must be called again, even without
	// further input, once the replies so far are sent.
	More() bool
	// Blocked reports that, although More is true, there is nothing to do before the session calls wake.
	Blocked() bool
	// Backlog bounds the connection's unexecuted input in bytes; 0: the server's limit.
	Backlog() int
	// Kept is the number of bytes of an unfinished reply that the session holds. They count with the connection's buffers.
	Kept() int
	// Closing reports that the connection must be closed once the replies so far are sent.
	Closing() bool
	// Reason is, once Closing, why the session closes the client; empty if the client asked for it.
	Reason() string
	// Close is called once, after all other methods: the connection is closed.
	Close()
}

// scratch is memory for the sessions that one event loop runs.
type scratch any

// connInfo tells a session about its connection.
type connInfo struct {
	id            uint64 // unique within the process, from 1
	remote, local string
	user          string     // the user that its certificate names; empty: none
	fd            func() int // its descriptor, 0 before it is opened and after; any goroutine may call it
	// wake makes the loop run the session soon. Any goroutine may call it, also after Close.
	wake func()
	// refusal is set for a newcomer: the reply to a command that only clients may use. The session then closes.
	refusal string
	// refused counts that. node reports that another node has taken the connection over; it returns false when there
	// is no room for it. The goroutine that runs the session calls both.
	refused func()
	node    func() bool
}

// sessions makes sessions. Any goroutine may call newSession.
type sessions interface {
	newScratch() scratch
	newSession(connInfo) clientSession
}
