// Package realclients tests a node with the clients and tools that programs use with Redis, at their default
// settings. It has only tests, and is a separate module, so that the product does not depend on these clients.
package realclients
