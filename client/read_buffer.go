package client

const (
	readBuffer    = 8 << 10 // initial size
	keepReading   = 32      // lone replies after which the goroutine gives up the reader role
	shrinkAfter   = 1024    // small reads after which a large buffer is released
	largestToKeep = 16 << 10
	burstBuffer   = 32 << 10 // size to grow to when reads fill the buffer
)

// readState is the reader's state.
type readState struct {
	buf        []byte
	r, w       int    // buf[r:w] is received and not yet distributed
	handed     uint64 // conn.handed when the last bytes were received
	scan       scanState
	lone       int                   // successive replies that arrived one by one
	small      int                   // successive reads that filled little of the buffer
	full       bool                  // the last read filled the buffer: more was waiting
	deadline   bool                  // the connection has a read deadline
	onTopology func(topology []byte) // called with each topology that the node pushes; nil: they are ignored
}

func (s *readState) init() { s.buf = make([]byte, readBuffer) }

// space returns free space at the buffer's end: enough for the incomplete reply at its
// front, if the length of that is known.
func (s *readState) space() []byte {
	if s.r == s.w {
		s.r, s.w = 0, 0
		if len(s.buf) > largestToKeep && s.small > shrinkAfter {
			s.init()
			s.small = 0
		}
	} else if s.r > 0 {
		s.w = copy(s.buf, s.buf[s.r:s.w])
		s.r = 0
	}
	if need := s.need(); need > len(s.buf) || s.w == len(s.buf) || s.full && len(s.buf) < burstBuffer {
		bigger := make([]byte, max(need, 2*len(s.buf)))
		copy(bigger, s.buf[:s.w])
		s.buf = bigger
	}
	return s.buf[s.w:]
}

// need returns the buffer size that the incomplete string at the front needs, or 0.
func (s *readState) need() int {
	b := s.buf[s.r+s.scan.pos : s.w]
	if len(b) == 0 || b[0] != '$' {
		return 0
	}
	for i := 1; i < len(b) && i < 12; i++ {
		if b[i] == '\r' {
			n, _ := parseInt(b[1:i])
			return s.scan.pos + i + 2 + int(n) + 2
		}
	}
	return 0
}

// skipPushes drops push messages at the front of the buffer while nothing is in flight.
// Anything else there is an unsolicited reply.
func (s *readState) skipPushes() error {
	for s.r < s.w {
		if s.buf[s.r] != '>' {
			return unasked(s.buf[s.r:s.w])
		}
		n, err := s.next()
		if n == 0 || err != nil {
			return err
		}
		s.push(s.buf[s.r : s.r+n])
		s.r += n
	}
	return nil
}

// push hands a pushed topology to onTopology.
func (s *readState) push(frame []byte) {
	if s.onTopology == nil {
		return
	}
	if topology := pushedTopology(frame); topology != nil {
		go s.onTopology(topology) // in a goroutine, since it takes locks and other callers wait for the reader
	}
}

// next returns the length of the reply at the front, or 0 if it is incomplete.
func (s *readState) next() (int, error) {
	b := s.buf[s.r:s.w]
	if s.scan.pos == 0 && b[0] == '$' && len(b) > 4 && b[1] != '-' {
		// A string, by far the most frequent reply.
		n := 0
		for i := 1; i < len(b) && i < 9; i++ {
			if d := b[i] - '0'; d <= 9 {
				n = 10*n + int(d)
				continue
			}
			if end := i + 2 + n + 2; i > 1 && b[i] == '\r' && end <= len(b) &&
				b[i+1] == '\n' && b[end-2] == '\r' && b[end-1] == '\n' {
				return end, nil
			}
			break
		}
	}
	return s.scan.scan(b)
}
