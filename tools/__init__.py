"""Programs that make what stands in the repository; none is needed to run govnet."""
