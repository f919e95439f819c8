package cli

import (
	"errors"
	"strings"

	"github.com/cachegopher/cachegopher/cli/internal/shellwords"
	"github.com/cachegopher/cachegopher/client"
	"github.com/cachegopher/cachegopher/internal/command"
)

// missing reports whether an answer means that the key does not exist, or that a
// condition on it did not hold: null, 0 from a command that counts keys, -2 for a time to
// live, none for a type, and an array of nulls only.
func missing(spec command.Spec, v client.Value) bool {
	switch v.Type {
	case '_':
		return true
	case ':':
		switch spec.Name {
		case "DEL", "UNLINK", "EXISTS", "TOUCH", "DELIFEQ", "SETNX", "MSETNX", "RENAMENX", "COPY",
			"EXPIRE", "PEXPIRE", "EXPIREAT", "PEXPIREAT", "PERSIST":
			return v.Int == 0
		case "TTL", "PTTL", "EXPIRETIME", "PEXPIRETIME":
			return v.Int == -2
		}
	case '+':
		return spec.Name == "TYPE" && string(v.Bytes) == "none"
	case '*':
		for _, e := range v.Array {
			if !e.IsNull() {
				return false
			}
		}
		return spec.Name == "MGET"
	}
	return false
}

// noSuchKey reports whether a node refused because the key does not exist.
func noSuchKey(err error) bool {
	var refused *client.ServerError
	return errors.As(err, &refused) && strings.HasSuffix(refused.Message, "no such key")
}

// notFoundError names the key that does not exist.
type notFoundError struct{ key string }

func (e *notFoundError) Error() string        { return "key not found: " + shellwords.Quote(e.key) }
func (e *notFoundError) Is(target error) bool { return target == client.ErrNotFound }

func notFound(key string) error { return &notFoundError{key} }
