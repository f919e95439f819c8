package policy

// Comeback is what LFU does with a key that has left the window lately, and is stored again.
type Comeback uint8

const (
	// AsNew lets it pass through the window again.
	AsNew Comeback = iota
	// IfFrequent lets it go to the main segment if it was used as often lately as what would leave that next.
	IfFrequent
	// AtOnce lets it go to the main segment.
	AtOnce
)

var comebacks = [...]string{AsNew: "as new", IfFrequent: "if frequent", AtOnce: "at once"}

// Comebacks returns all of them.
func Comebacks() []Comeback { return []Comeback{AsNew, IfFrequent, AtOnce} }

// String names it in messages.
func (c Comeback) String() string { return comebacks[c] }
