package wire

// Match reports whether s matches the pattern, in the syntax of Redis' KEYS and
// SCAN (stringmatchlen): * ? [abc] [^a-z], and \ before a character that stands
// for itself. An unclosed class ends with the pattern. The work is at most
// proportional to len(pattern) times len(s).
func Match(pattern, s []byte) bool {
	ok, _ := MatchWork(pattern, s)
	return ok
}

// MatchWork is Match and also returns the number of characters compared.
func MatchWork(pattern, s []byte) (ok bool, work int) {
	p, i := 0, 0
	star, mark := -1, 0 // where to continue in pattern and s if the text after the last star does not match
	for i < len(s) {
		work++
		if p < len(pattern) && pattern[p] == '*' {
			for p < len(pattern) && pattern[p] == '*' {
				p++
			}
			if p == len(pattern) {
				return true, work
			}
			star, mark = p, i
			continue
		}
		if p < len(pattern) {
			next, ok := matchOne(pattern, p, s[i])
			if work += next - p; ok {
				p, i = next, i+1
				continue
			}
		}
		if star < 0 {
			return false, work
		}
		mark++
		p, i = star, mark
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern), work
}

// matchOne matches c against the pattern at p and returns where the pattern
// continues. REQUIRES: there is no star at p.
func matchOne(pattern []byte, p int, c byte) (next int, ok bool) {
	switch pattern[p] {
	case '?':
		return p + 1, true
	case '[':
		return matchClass(pattern, p+1, c)
	case '\\':
		if p+1 < len(pattern) {
			p++
		}
	}
	return p + 1, pattern[p] == c
}

// matchClass matches c against a class; p is behind its opening bracket.
func matchClass(pattern []byte, p int, c byte) (next int, ok bool) {
	not := p < len(pattern) && pattern[p] == '^'
	if not {
		p++
	}
	for ; ; p++ {
		switch {
		case p >= len(pattern):
			return p, ok != not
		case pattern[p] == '\\' && p+1 < len(pattern):
			p++
			ok = ok || pattern[p] == c
		case pattern[p] == ']':
			return p + 1, ok != not
		case p+2 < len(pattern) && pattern[p+1] == '-':
			lo, hi := min(pattern[p], pattern[p+2]), max(pattern[p], pattern[p+2])
			p += 2
			ok = ok || c >= lo && c <= hi
		default:
			ok = ok || pattern[p] == c
		}
	}
}
