"""HTTP out: fetching the customers' documents and sounds, with limits."""
