"""Events and agreements as rows of CSV and XLSX."""
