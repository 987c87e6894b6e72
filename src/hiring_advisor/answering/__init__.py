"""From passages, facts and a verdict to sentences that were checked."""
