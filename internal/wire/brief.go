package wire

import "strings"

// maxBrief bounds an error that repeats a peer's input, in bytes.
const maxBrief = 512

// Brief makes a text that may repeat a peer's input safe for a reply or a log: at most 512 bytes, with every byte outside
// printable ASCII escaped.
func Brief(text string) string {
	cut := text[:min(len(text), maxBrief)]
	if cut == text && strings.IndexFunc(text, func(r rune) bool { return r < ' ' || r > '~' }) < 0 {
		return text
	}
	b := AppendPrintable(make([]byte, 0, maxBrief), cut)
	if b = b[:min(len(b), maxBrief)]; len(text) > len(cut) {
		b = append(b[:min(len(b), maxBrief-3)], "..."...)
	}
	return string(b)
}

// AppendPrintable appends s with every byte outside printable ASCII escaped.
func AppendPrintable[T string | []byte](dst []byte, s T) []byte {
	const hex = "0123456789abcdef"
	for i := range len(s) {
		if b := s[i]; b >= 0x20 && b < 0x7f {
			dst = append(dst, b)
		} else {
			dst = append(dst, '\\', 'x', hex[b>>4], hex[b&15])
		}
	}
	return dst
}
