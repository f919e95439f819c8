// Package cli is the command line of CacheGopher: one command from arguments, the
// lines of a pipe, or a prompt.
//
// Run is the entry point. A command goes from there to session.execute, which
// finds it in one of two tables: own.go has the commands of the command line itself,
// such as STATUS; all others are in package command, the nodes' own table.
// route.go sends a node's command to where its keys are: to one group, to several and
// merges their answers, or to every node. The answer becomes a result, which can
// print itself as text or as JSON.
//
// Line editing is by github.com/reeflective/readline: it shows the usage beside what is
// typed, and completions with descriptions, and is maintained. The older
// github.com/chzyer/readline cannot draw anything behind the line that is edited.
package cli
