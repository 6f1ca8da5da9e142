"""Models to and from files: TF.js's layers and graph formats. Import the modules you need."""
