package reply

// Code is the first word of an error reply in RESP. Errors are counted by code.
type Code uint8

// The codes, as in Redis: codes has their words.
const (
	Generic Code = iota
	OutOfMemory
	NoProto
	WrongPass
	NoAuth
	NoPerm
	TryAgain
	Loading
	ReadOnly
	ExecAbort
	Unblocked
	NoReplicas
	Moved
	CrossSlot
	ClusterDown
	Codes // number of codes
)

var codes = [Codes]string{
	Generic:     "ERR",
	OutOfMemory: "OOM",
	NoProto:     "NOPROTO",
	WrongPass:   "WRONGPASS",
	NoAuth:      "NOAUTH",
	NoPerm:      "NOPERM",
	TryAgain:    "TRYAGAIN",
	Loading:     "LOADING",
	ReadOnly:    "READONLY",
	ExecAbort:   "EXECABORT",
	Unblocked:   "UNBLOCKED",
	NoReplicas:  "NOREPLICAS",
	Moved:       "MOVED",
	CrossSlot:   "CROSSSLOT",
	ClusterDown: "CLUSTERDOWN",
}

// String is the word.
func (c Code) String() string { return codes[c] }

// Prefix is the code and a space.
func (c Code) Prefix() string { return prefixes[c] }

// prefixes are the codes, each followed by a space.
var prefixes = func() (all [Codes]string) {
	for i, code := range codes {
		all[i] = code + " "
	}
	return all
}()

// Error is an error reply that several commands share, or that dialects word differently.
type Error struct {
	Code Code
	Text string
	Line string // in the line dialect; empty: the text, after the code unless that is Generic
}

// Errors that several commands share, in the words of Redis.
var (
	SyntaxError   = Error{Text: "syntax error"}
	NotAnInteger  = Error{Text: "value is not an integer or out of range"}
	NoSuchKey     = Error{Text: "no such key"}
	EmptyKey      = Error{Text: "key is empty", Line: "Key is empty"}
	KeyExists     = Error{Text: "Key exists"}
	NoMemory      = Error{Code: OutOfMemory, Text: "command not allowed when used memory > 'maxmemory'.", Line: "Out of memory"}
	Full          = Error{Code: OutOfMemory, Text: NoMemory.Text, Line: "Out of memory: the node evicts nothing, eviction_policy is NONE"}
	WrongPassword = Error{Code: WrongPass, Text: "invalid username-password pair or user is disabled."}
)
