package move

import (
	"bytes"
	"testing"
)

// mutant breaks rules on purpose, to show that the model notices. The zero value breaks none.
type mutant struct {
	name         string
	pieceLate    bool // a piece is sent after the log beyond the offset at which it was read
	deafToFlush  bool // a flush of the giver's node is ignored
	keepsLeft    bool // the taker keeps what it holds of the slots
	keepsOld     bool // an import goes on after another one has begun
	flushAtTaker bool // an import goes on after a flush
	skipsHalf    bool // the walk is over too early
}

// mutantSource is a source with rules of a mutant.
type mutantSource struct {
	source
	m    mutant
	late []byte // the piece before
}

func (m mutant) source(s source) source {
	return &mutantSource{source: s, m: m}
}

func (s *mutantSource) walk(dst []byte, cursor uint64) (records []byte, next, at uint64) {
	records, next, at = s.source.walk(dst, cursor)
	switch {
	case s.m.pieceLate:
		piece := bytes.Clone(records[len(dst):])
		records, s.late = append(dst, s.late...), piece
		if at = s.end(); next == 0 {
			records = append(records, s.late...)
		}
	case s.m.skipsHalf && next > 1<<55:
		next = 0
	}
	return records, next, at
}

func (s *mutantSource) read(dst []byte, offset, end uint64) (records []byte, next uint64, flushed bool, err error) {
	records, next, flushed, err = s.source.read(dst, offset, end)
	return records, next, flushed && !s.m.deafToFlush, err
}

func (m mutant) begun(im *Import) {
	if m.keepsLeft {
		im.leftovers.over = true
	}
}

func (m mutant) received(im *Import) {
	if m.keepsOld && im.ended == errSuperseded || m.flushAtTaker && im.ended == errFlushed {
		im.ended = nil
	}
}

// TestMutants wants each broken rule to be noticed.
func TestMutants(t *testing.T) {
	for _, m := range []mutant{
		{name: "piece late", pieceLate: true},
		{name: "deaf to a flush", deafToFlush: true},
		{name: "leftovers kept", keepsLeft: true},
		{name: "superseded import goes on", keepsOld: true},
		{name: "flush at the taker", flushAtTaker: true},
		{name: "walk over too early", skipsHalf: true},
	} {
		t.Run(m.name, func(t *testing.T) {
			for seed := range uint64(200) {
				if _, err := tryMove(t, seed, m); err != nil {
					t.Logf("seed %d: %v", seed, err)
					return
				}
			}
			t.Error("200 runs did not notice it")
		})
	}
}
