package wire

// Name is a command's name, upper-cased and packed into machine words, which are
// compared and hashed without touching memory. A name has at most 24 bytes.
type Name [3]uint64

// FoldName packs b; ok is false when it is too long to be a command.
func FoldName(b []byte) (n Name, ok bool) {
	if len(b) > 24 {
		return n, false
	}
	for i, c := range b {
		if c-'a' < 26 {
			c -= 'a' - 'A'
		}
		n[i>>3] |= uint64(c) << (i & 7 * 8)
	}
	return n, true
}

// EqualFold reports whether b is word in any letter case. REQUIRES: word is in upper case.
func EqualFold(b []byte, word string) bool {
	if len(b) != len(word) {
		return false
	}
	for i, c := range b {
		if c-'a' < 26 {
			c -= 'a' - 'A'
		}
		if c != word[i] {
			return false
		}
	}
	return true
}
