package region

// controlStride is how far apart controls lie: two cache lines, since processors fetch pairs of lines.
const controlStride = 128

// Control is what readers without a shard's lock must know of it. Only the holder of the lock changes it.
//
// Whoever changes what readers read makes Seq odd before the first change and even again after the last. A change of the
// order of use alone, which readers do not read, sets Relinking instead. So after the death of the process, a shard in
// which either is set may be in the midst of a change, and no other one is.
type Control struct {
	Seq        uint32 // odd while the shard is changed
	Relinking  uint32 // 1 while entries change places in the order of use
	Depth      uint32 // log2 of the length of the index's directory
	Generation uint32 // of entries stored from now on
	End        uint32 // units of 8 bytes of the arena that were ever in use
	Flushes    uint32 // how often the shard was emptied at once
	_          [controlStride - 24]byte
}
