package cli

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/cachegopher/cachegopher/cli/internal/shellwords"
	"github.com/cachegopher/cachegopher/client"
	"github.com/cachegopher/cachegopher/internal/command"
)

// Bounds of the search for keys to complete.
const (
	completeKeys = 50
	completeTime = 200 * time.Millisecond
)

// candidate is one possible completion.
type candidate struct{ text, about string }

// complete returns the completions of the last word of a line, or of the next word if the
// line ends in a space.
func (s *session) complete(line string) []candidate {
	words, err := shellwords.Split(line)
	if err != nil {
		return nil
	}
	word := ""
	if len(words) > 0 && words[len(words)-1].End == len(line) {
		last := words[len(words)-1]
		if last.Quoted {
			return nil // a replacement cannot be found for it
		}
		word, words = last.Text, words[:len(words)-1]
	}
	if len(words) == 0 {
		return s.completeName(word)
	}
	args := shellwords.Texts(words)
	spec, ok := s.catalog.findWith(args)
	if !ok {
		return nil
	}
	switch at := len(args); {
	case spec.Name == "HELP" && at == 1:
		return s.completeName(word)
	case spec.Name == "LATENCY" && spec.Group == ownGroup && at == 2:
		return s.completeNode(word)
	case (spec.Name == "PLAN" || spec.Name == "DUMP" || spec.Name == "LOAD") && at == 1:
		return completeFile(word)
	case slices.Contains(keysOf(spec, append(args, word)), at) || spec.Name == "WHERE" && at == 1:
		if all := s.completeKey(word); len(all) > 0 {
			return all
		}
	}
	return completeOption(spec, args[1:], word)
}

func (s *session) completeName(word string) []candidate {
	var all []candidate
	for _, name := range s.catalog.names() {
		if strings.HasPrefix(name, strings.ToUpper(word)) {
			spec, _ := s.catalog.find(name)
			all = append(all, candidate{sameCase(name, word), spec.Summary})
		}
	}
	return all
}

func (s *session) completeNode(word string) []candidate {
	var all []candidate
	for _, g := range s.layout.Groups {
		for _, m := range g.Members {
			if strings.HasPrefix(m.ID, word) {
				all = append(all, candidate{m.ID, m.Address})
			}
		}
	}
	return all
}

// completeFile lists files; folders end in a slash.
func completeFile(word string) []candidate {
	folder, start := filepath.Split(word)
	look := folder
	if look == "" {
		look = "."
	}
	entries, err := os.ReadDir(look)
	if err != nil {
		return nil
	}
	var all []candidate
	for _, e := range entries {
		name := e.Name()
		if !strings.HasPrefix(name, start) || strings.HasPrefix(name, ".") && !strings.HasPrefix(start, ".") {
			continue
		}
		if e.IsDir() {
			name += "/"
		}
		if text := folder + name; shellwords.Quote(text) == text {
			all = append(all, candidate{text, ""})
		}
	}
	return all
}

// completeKey asks the nodes, for a short time, for keys that begin with word, which must
// not be empty.
func (s *session) completeKey(word string) []candidate {
	if word == "" || s.connect() != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), completeTime)
	defer cancel()
	var all []candidate
	for key, err := range s.c.Scan(ctx, client.ScanOptions{Match: globQuote(word) + "*"}) {
		if err != nil {
			continue
		}
		if shellwords.Quote(key) == key {
			all = append(all, candidate{key, ""})
		}
		if len(all) == completeKeys {
			break
		}
	}
	slices.SortFunc(all, func(a, b candidate) int { return strings.Compare(a.text, b.text) })
	return slices.Compact(all)
}

// globQuote escapes the special characters of a pattern.
func globQuote(text string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(text)
}

// completeOption lists the words of a command's syntax that may come next.
func completeOption(spec command.Spec, args []string, word string) []candidate {
	var all []candidate
	rest := split(remaining(spec, args))
	if len(rest) > 0 && !strings.HasPrefix(rest[0], "[") && !isOption(rest[0]) {
		return nil // a value must come first
	}
	for _, t := range strings.FieldsFunc(strings.Join(rest, " "), func(r rune) bool { return strings.ContainsRune(" []|", r) }) {
		if isOption(t) && strings.HasPrefix(t, strings.ToUpper(word)) {
			all = append(all, candidate{sameCase(t, word), ""})
		}
	}
	return all
}
