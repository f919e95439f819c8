package replica

// StartAt empties the log and gives its next record this offset. REQUIRES: nothing is
// logged meanwhile.
func (l *Log) StartAt(offset uint64) {
	l.Merge()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.from, l.end, l.marks = offset, offset, [2 * logMarks]uint64{offset}
}

// countIn makes ledger count the records from now on; nil: none. REQUIRES: nothing is logged meanwhile, and all records are
// merged.
func (l *Log) countIn(ledger *Ledger) {
	for i := range l.stages {
		s := &l.stages[i]
		s.mu.Lock()
		if s.logged = nil; ledger != nil {
			s.logged = ledger.stage(i)
		}
		s.mu.Unlock()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ledger = ledger
}

// continueAt makes the log continue at offset. It keeps its records if they end there, and drops them otherwise.
func (l *Log) continueAt(offset uint64) {
	if l.Merge() != offset {
		l.StartAt(offset)
	}
}

// copy appends whole records that the node's primary has sent.
func (l *Log) copy(records []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.write(records)
	l.mark()
}

// Forget ends the use of a Ledger's memory. REQUIRES: nothing is logged any more.
func (l *Log) Forget() {
	l.Merge()
	l.countIn(nil)
}

// release drops all records and frees the ring; the next record allocates it again.
func (l *Log) release() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ring, l.from = nil, l.end
}

// all returns a copy of the records that the log has, from the first that is known to begin.
func (l *Log) all() []byte {
	first, end := l.Bounds()
	b, err := l.Read(nil, l.boundary(first), int(min(end-first, uint64(l.size))))
	if err != nil {
		return nil
	}
	return b
}

// restore makes the log continue at end with these records before it, if it has room for them. REQUIRES: nothing was logged.
func (l *Log) restore(records []byte, end uint64) {
	if len(records) == 0 || len(records) > l.size || uint64(len(records)) > end || WholeRecords(records, len(records)) != len(records) {
		l.StartAt(end)
		return
	}
	l.StartAt(end - uint64(len(records)))
	l.mu.Lock()
	defer l.mu.Unlock()
	l.write(records)
	l.mark()
}

// count returns the number of records between two offsets, at which records begin. If the log no longer has all of them, n
// is an estimate and exact is false.
func (l *Log) count(from, end uint64) (n int64, exact bool) {
	first, _ := l.Bounds()
	at := from
	if exact = first <= from; !exact {
		at = l.boundary(first)
	}
	var b []byte
	for at < end {
		var err error
		if b, err = l.Read(b[:0], at, int(min(end-at, maxPayload))); err != nil {
			return n, false
		}
		used := WholeRecords(b, len(b))
		if used == 0 {
			return n, false
		}
		n += int64(countRecords(b[:used]))
		at += uint64(used)
	}
	if known := end - min(end, l.boundary(first)); !exact && known > 0 {
		n += n * int64(l.boundary(first)-from) / int64(known)
	}
	return n, exact
}
