package session

// SetProto sets the version of RESP, 2 or 3, beginning with the reply to this command.
func (c *Call) SetProto(version int) {
	c.Writer.SetProto(version)
	c.Session.proto = uint8(version)
	c.Session.protoShown.Store(int32(version))
}

// Reset gives the connection the state of a new one: its user, its version of RESP, its transaction, its name.
func (c *Call) Reset() {
	s := c.Session
	if s.user != nil {
		s.leave()
	}
	c.SetProto(2)
	c.endTransaction()
	s.Mute(false)
	s.routes, s.readsAnywhere = s.stays, false
	s.mu.Lock()
	s.name, s.noEvict = "", false
	if c.Node.Users != nil {
		s.userName, s.account = "", nil
	}
	s.mu.Unlock()
}

// Mute sets whether replies are dropped: CLIENT REPLY OFF and ON.
func (s *Session) Mute(on bool) {
	if s.muted = on; !on {
		s.skip = 0
	}
}

// SkipReply drops the replies to this request and to the next one: CLIENT REPLY SKIP.
func (s *Session) SkipReply() {
	if !s.muted {
		s.skip = 2
	}
}

// mute drops the reply that begins at start, as CLIENT REPLY asked. It also stops
// a command whose reply would continue in the next Run: KEYS, or a long MGET.
func (s *Session) mute(c *Call, start int) {
	if s.skip != 2 {
		s.walk, s.progress = nil, 0
	}
	switch {
	case s.skip == 2: // the reply of CLIENT REPLY SKIP itself
		s.skip = 1
		c.Out = c.Out[:start]
	case s.skip == 1:
		s.skip = 0
		c.Out = c.Out[:start]
	case s.muted:
		c.Out = c.Out[:start]
	}
}
