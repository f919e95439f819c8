package cli

import (
	"slices"
	"strings"

	"github.com/cachegopher/cachegopher/cli/internal/shellwords"
	"github.com/cachegopher/cachegopher/internal/command"
)

// hint returns what may follow a line: the rest of its command's syntax. It begins with
// a space when the line does not end in one. Words after the last space count as
// typed.
func (c *catalog) hint(line string) string {
	words, err := shellwords.Split(line)
	if err != nil || len(words) == 0 {
		return ""
	}
	spec, ok := c.findWith(shellwords.Texts(words))
	if !ok {
		return ""
	}
	rest := remaining(spec, shellwords.Texts(words)[1:])
	if rest == "" {
		return ""
	}
	if words[len(words)-1].End < len(line) {
		return rest
	}
	return " " + rest
}

// remaining returns the part of a command's syntax that args have not filled.
func remaining(spec command.Spec, args []string) string {
	terms := split(spec.Syntax)
	if slices.Contains(terms, "|") {
		return alternative(terms, args)
	}
	return strings.Join(fill(terms, args), " ")
}

// fill removes the terms that args fill: words one by one, options by their names.
// Terms that end in ... may repeat and stay.
func fill(terms, args []string) []string {
	for len(terms) > 0 && len(args) > 0 && !strings.HasPrefix(terms[0], "[") {
		terms, args = terms[1:], args[1:]
	}
	var rest []string
	for _, t := range terms {
		inner := split(strings.TrimSuffix(strings.TrimPrefix(t, "["), "]"))
		switch {
		case !strings.HasPrefix(t, "[") || len(args) == 0:
			rest = append(rest, t)
		case inner[len(inner)-1] == "...":
			names := len(inner) - 1
			if done := len(args) % names; done > 0 {
				rest = append(rest, inner[done:names]...)
			}
			rest = append(rest, t)
		case slices.ContainsFunc(inner, isOption):
			left, open := option(t, inner, args)
			if open {
				rest = append(left, rest...) // the value must come next
			} else {
				rest = append(rest, left...)
			}
		default: // an optional argument, with others inside it
			args = args[1:]
			if len(inner) > 1 {
				rest = append(rest, fill(inner[1:], args)...)
			}
			args = args[min(len(args), len(inner)-1):]
		}
	}
	return rest
}

// option returns what args leave of [NX | XX | EX seconds]: all of it if they have none
// of its names, else the values still missing, if any.
func option(term string, inner, args []string) (left []string, open bool) {
	for i, arg := range args {
		at := slices.Index(inner, strings.ToUpper(arg))
		if at < 0 || !isOption(inner[at]) {
			continue
		}
		var values []string
		for _, v := range inner[at+1:] {
			if v == "|" || isOption(v) && !strings.HasPrefix(v, "[") {
				break
			}
			values = append(values, v)
		}
		left = values[min(len(values), len(args)-1-i):]
		return left, len(left) > 0
	}
	return []string{term}, false
}

// alternative returns what args leave of "GET pattern | SET name value | RESETSTAT".
func alternative(terms, args []string) string {
	if len(args) == 0 {
		return strings.Join(terms, " ")
	}
	var last []string // what follows the names, as in "ENCODING | IDLETIME key"
	found := false
	for len(terms) > 0 {
		end := slices.Index(terms, "|")
		if end < 0 {
			end = len(terms)
		}
		if terms[0] == strings.ToUpper(args[0]) {
			found, last = true, terms[1:end]
		}
		if found && len(last) == 0 && end == len(terms) && len(terms) > 1 && oneWord(terms[1]) {
			last = terms[1:end]
		}
		terms = terms[min(end+1, len(terms)):]
	}
	if !found {
		return ""
	}
	return strings.Join(fill(last, args[1:]), " ")
}

// oneWord reports whether the alternatives share the argument after the last of them:
// only keys do.
func oneWord(term string) bool { return term == "key" }

// isOption reports whether a word of a syntax is to be typed literally.
func isOption(word string) bool {
	return strings.Trim(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZ-") == "" && word != ""
}

// split cuts a syntax into words and whole [...] terms.
func split(syntax string) []string {
	var terms []string
	depth, start := 0, -1
	for i, b := range []byte(syntax + " ") {
		switch {
		case b == ' ' && depth == 0:
			if start >= 0 {
				terms = append(terms, syntax[start:i])
			}
			start = -1
			continue
		case b == '[':
			depth++
		case b == ']':
			depth--
		}
		if start < 0 {
			start = i
		}
	}
	return terms
}
