// Package nodeprocess starts programs beside this one, and nodes as processes of their own. Nodes are for tests
// and examples of packages that must not import the server, because their modules would then require what the
// server requires, and for tests that need a replicated group.
package nodeprocess
