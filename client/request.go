package client

import "strconv"

// MaxItemBytes is the most that a key and its value may have together, in bytes.
const MaxItemBytes = 65536

// Op names an operation, in errors, hooks and statistics.
type Op uint8

// The operations.
const (
	OpGet Op = iota
	OpSet
	OpDelete
	OpAdd
	OpReplace
	OpCompareAndSwap
	OpCompareAndDelete
	OpIncr
	OpExpire
	OpTTL
	OpFlushAll
	OpPing
	OpScan
	OpDo
	OpGetMany
	OpSetMany
	OpDeleteMany
	OpPipeline
	OpGetOrLoad
	OpWait
	OpRefresh // a load by GetOrLoad in the background
	OpGetAndTouch
	OpGetWithTTL
	opCount
)

var opNames = [opCount]string{
	"Get", "Set", "Delete", "Add", "Replace", "CompareAndSwap", "CompareAndDelete", "Incr", "Expire",
	"TTL", "FlushAll", "Ping", "Scan", "Do", "GetMany", "SetMany", "DeleteMany", "Pipeline", "GetOrLoad", "Wait", "Refresh", "GetAndTouch", "GetWithTTL",
}

// String returns the method's name, as in "Get".
func (o Op) String() string {
	if o < opCount {
		return opNames[o]
	}
	return "Op(" + strconv.Itoa(int(o)) + ")"
}

// write reports whether the operation changes anything. A write goes to the primary, and
// is not repeated when its outcome is unknown.
func (o Op) write() bool {
	switch o {
	case OpGet, OpTTL, OpPing, OpScan, OpGetMany, OpDo, OpWait, OpGetWithTTL:
		return false
	}
	return true
}

// request is one command with its arguments. It lives on the caller's stack and is
// encoded directly into a connection's buffer.
type request struct {
	op      Op
	keepTTL bool
	retry   bool // repeating it is harmless, as the caller says
	mutates bool // an OpDo that goes to the primary
	apart   bool // an OpDo with keys of several groups
	badTTL  bool // the time to live is zero or less
	primary bool // a read that only the primary may answer
	key     string
	value   []byte
	old     []byte // what CompareAndSwap and CompareAndDelete compare with
	num     int64  // Set and Expire: time to live in ms, 0: none; Incr: amount; Scan: count
	cursor  uint64
	match   string
	args    []string // OpDo and OpWait
}

// size is the size of the item as nodes limit it.
func (r *request) size() int { return len(r.key) + len(r.value) }

func (r *request) writes() bool { return r.op.write() || r.mutates }

func (r *request) access() access {
	switch {
	case r.writes():
		return writes
	case r.primary:
		return onlyPrimary
	}
	return anyMember
}

// check returns an error for a request that a node would refuse.
func (r *request) check() *Error {
	switch r.op {
	case OpPing, OpFlushAll, OpScan:
		return nil
	case OpDo:
		if r.apart {
			return &Error{Op: OpDo, kind: kNotSent, Err: errApart}
		}
		return checkCommand(r.args)
	}
	if len(r.key) == 0 {
		return &Error{Op: r.op, kind: kEmptyKey | kNotSent, Err: ErrEmptyKey}
	}
	if r.badTTL {
		return invalidTTL(r.op)
	}
	if n := max(r.size(), len(r.key)+len(r.old)); n > MaxItemBytes {
		return tooLarge(r.op, n)
	}
	return nil
}

func tooLarge(op Op, n int) *Error {
	return &Error{Op: op, kind: kTooLarge | kNotSent, Err: sizeError(n)}
}

// sizeError is a size over the limit.
type sizeError int

func (n sizeError) Error() string {
	return "key and value are " + strconv.Itoa(int(n)) + " bytes, the limit is " + strconv.Itoa(MaxItemBytes)
}
