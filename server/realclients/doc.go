// Package realclients has a node used by the clients and tools that programs use
// with Redis, at their default settings. It is tests alone, in a module of its own, so
// that the product does not depend on its peers' clients.
package realclients
