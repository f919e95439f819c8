package session_test

import (
	"github.com/cachegopher/cachegopher/server/session"
	all "github.com/cachegopher/cachegopher/server/session/commands"
)

func init() { session.AllCommands, session.AllDialects = all.All(), all.Dialects() }
