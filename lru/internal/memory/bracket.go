package memory

// Begin and End stand around every change to what lies in pages, in the directories of the index, and in the classes of
// pages. While one is under way the shard's Control says so. In a file, that tells readers without the lock to read again, and
// the successor of a process that was killed which shards it can trust. In private memory nobody reads it, and it costs
// nothing; in builds where memory is watched, each writer asks for it, so that tests find what lies outside.
//
// BeginRelinking and EndRelinking stand around a change of the order of use alone, for which no reader has to wait.
//
// The functions that store are not inlined: around a call, the compiler keeps stores where they are. A processor
// that is interrupted has finished all stores of the instructions before, and those on amd64 become visible in order.

// Begin begins a change. REQUIRES: none is under way.
func (m *Memory) Begin() {
	if Poisoned || m.kept {
		m.begin()
	}
}

// End ends the change.
func (m *Memory) End() {
	if Poisoned || m.kept {
		m.end()
	}
}

//go:noinline
func (m *Memory) begin() {
	if Poisoned && m.ctl.Seq&1 != 0 {
		panic("memory: a change begins within another one")
	}
	m.ctl.Seq |= 1 // already so after a panic within a change, from which the program has recovered
}

//go:noinline
func (m *Memory) end() {
	if Poisoned && m.ctl.Seq&1 == 0 {
		panic("memory: a change ends that has not begun")
	}
	m.ctl.Seq++
}

// BeginRelinking begins a change of the order of use.
func (m *Memory) BeginRelinking() {
	if Poisoned || m.kept {
		m.relinking(1)
	}
}

// EndRelinking ends it.
func (m *Memory) EndRelinking() {
	if Poisoned || m.kept {
		m.relinking(0)
	}
}

//go:noinline
func (m *Memory) relinking(on uint32) { m.ctl.Relinking = on }

// MustChange panics, where memory is watched, unless a change is under way.
func (m *Memory) MustChange() {
	if Poisoned && m.ctl.Seq&1 == 0 {
		panic("memory: changed outside of Begin and End")
	}
}

// MustRelink panics, where memory is watched, unless a change or a change of the order of use is under way.
func (m *Memory) MustRelink() {
	if Poisoned && m.ctl.Seq&1 == 0 && m.ctl.Relinking == 0 {
		panic("memory: the order of use changed outside of BeginRelinking and EndRelinking")
	}
}

// ShowDepth publishes the depth of the index's directory.
func (m *Memory) ShowDepth(depth uint32) {
	if m.ctl != nil {
		m.ctl.Depth = depth
	}
}

// SetGeneration sets the generation of entries stored from now on: GenerationBit or 0.
func (m *Memory) SetGeneration(generation uint32) {
	m.Generation = generation
	if m.ctl != nil {
		m.ctl.Generation = generation
	}
}
