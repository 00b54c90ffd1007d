"""The version of castmap; CONTRIBUTING.md says when which part of it grows."""

VERSION = "0.2.0.dev0"
