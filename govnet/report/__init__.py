"""Reports that a person can sign: pure functions of one canonical document, in English and Swahili, as HTML and PDF."""
