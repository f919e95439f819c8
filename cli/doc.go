// Package cli is the command line of CacheGopher: one command from arguments, the
// lines of a pipe, or a prompt.
//
// Run is the entry point. A command goes from there to session.execute, which
// finds it in one of two tables: own.go has what only the command line knows, such
// as STATUS; everything else is in package command, the table that nodes work by.
// route.go sends a node's command where its keys are: to one group, to several whose
// answers are merged, or to every node. What comes back is a result, which shows
// itself as text or as JSON.
//
// Line editing is by github.com/reeflective/readline: it shows usage beside what is
// typed, and completions with descriptions, and is maintained. The older
// github.com/chzyer/readline cannot draw anything behind the line that is edited.
package cli
