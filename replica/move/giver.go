package move

import (
	"errors"
	"sync"
	"time"

	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/replica"
	"github.com/cachegopher/cachegopher/ring"
)

// GiverOptions configure a Giver.
type GiverOptions struct {
	ID    string // of the move
	Group string // that gives the slots
	Epoch uint64 // in which this node leads the group
	Slots ring.SlotSet
	// Attempt returns the number of an attempt, higher than that of any other move of this group in the epoch. nil: they are
	// counted from 1.
	Attempt func() uint64
	Cache   *lru.Cache
	Log     *replica.Log
	// Rate returns the most bytes of entries a second that the walk of the store sends; 0: no bound. It does not bound the log.
	// nil: no bound.
	Rate func() int64
	// Within is the time in which the taker must answer requests before writes are held; 0 means 10 ms.
	Within time.Duration
	// HoldLimit is how long writes are held for one try to hand over; 0 means 80 ms. The commit is not bounded by it.
	HoldLimit time.Duration
}

// Giver is the end of a move at the primary of the group that has the slots. A driver calls Next, carries out the Action, and
// reports what happens. All methods may be called from any goroutine.
type Giver struct {
	opts GiverOptions
	src  source

	mu      sync.Mutex
	state   state
	err     error         // why the attempt has ended: the connection is to be closed
	retry   time.Duration // when to dial
	fails   int           // attempts since one got as far as handing over
	in      []byte        // received, not decoded
	out     []byte
	sent    []request // not answered
	holding bool      // the driver holds writes
	copying
	handing

	attempts  int64
	lastError string
}

// state is the stage of an attempt.
type state uint8

const (
	stateDown       state = iota // waits until retry, then dials
	stateDialing                 // the driver connects
	stateConnected               // sends BEGIN
	stateBeginning               // waits for the answer
	stateCopying                 // sends pieces of the store, and the log
	stateHolding                 // the same, while the driver brings writes to a halt
	stateFinishing               // sends the rest of the log and CONFIRM
	stateConfirming              // waits for the answer
	stateCommit                  // tells the driver to commit
	stateCommitting              // waits for the driver
	stateDone
	stateCancelled
)

// copying is the part of a Giver that sends pieces and the log. A new attempt begins with a zero one.
type copying struct {
	pos     uint64 // the next offset of the log to read
	logEnd  uint64 // where the log ended when it was last looked at
	pollAt  time.Duration
	cursor  uint64 // of the walk
	pace    pace   // of the walk
	walked  bool   // the walk is over
	piece   []byte // to send after the log up to pieceAt
	pieceAt uint64
	pending []byte // records to send
	at      int    // what is before it in pending has been sent
	bytes   int64  // of records, sent
}

// handing is the part of a Giver that hands over.
type handing struct {
	nearSince     time.Duration // when the walk was over
	trip          time.Duration // from the last request of records that was answered to its answer
	tries         int           // that failed in this attempt
	holdAt        time.Duration // when the next try may begin
	asking        bool          // the driver finds out whether a commit could be recorded
	answeredUntil time.Duration // it could be: until then that holds
	holdUntil     time.Duration
	final         uint64 // the end of the log since writes are held
	confirm       int    // the number of the last confirmation that was asked for; it never goes back
	lost          error  // the connection broke while the driver committed
}

// request is one that was sent.
type request struct {
	kind    requestKind
	confirm int // the number of a confirmation
	size    int // in bytes
	at      time.Duration
}

type requestKind uint8

const (
	requestBegin requestKind = iota
	requestRecords
	requestConfirm
)

const (
	requestSize = 64 << 10 // the most bytes of records in a request, unless one record is longer
	window      = 4        // requests in flight
	walkWindow  = 16       // the same while the store is walked: pieces are small, and the way may be long
	pollEvery   = time.Millisecond

	pollWhileWalking = 50 * time.Millisecond
	patience         = 5 * time.Second // from then on the time that the taker takes to answer does not matter
	retryLeast       = 20 * time.Millisecond
	retryMost        = 2 * time.Second
	answerTimeout    = 10 * time.Second
	beginTimeout     = time.Minute           // the taker removes what it holds of the slots
	answerHolds      = 50 * time.Millisecond // for how long an answer to Ask is taken to hold
	never            = time.Duration(1<<63 - 1)
)

var (
	errSilent = errors.New("the taker has not answered in time")
	errLate   = errors.New("writes were held for too long before the taker had confirmed")
	errAnswer = errors.New("unexpected answer")
)

// NewGiver returns a Giver that has not dialed.
func NewGiver(o GiverOptions) *Giver {
	if o.Within == 0 {
		o.Within = 10 * time.Millisecond
	}
	if o.HoldLimit == 0 {
		o.HoldLimit = 80 * time.Millisecond
	}
	if o.Rate == nil {
		o.Rate = func() int64 { return 0 }
	}
	return &Giver{opts: o, src: &nodeSource{cache: o.Cache.Shards(), log: o.Log, slots: o.Slots}}
}

// Progress says how far a move is.
type Progress struct {
	Attempts  int64   // begun
	Bytes     int64   // of records sent in this attempt
	Walked    float64 // the part of the store that was read in this attempt, 0 to 1
	LastError string  // why the last attempt, or try to hand over, has ended
}

// Progress returns how far the move is.
func (g *Giver) Progress() Progress {
	g.mu.Lock()
	defer g.mu.Unlock()
	p := Progress{g.attempts, g.bytes, float64(g.cursor) / (1 << 56), g.lastError}
	if g.walked {
		p.Walked = 1
	}
	return p
}
