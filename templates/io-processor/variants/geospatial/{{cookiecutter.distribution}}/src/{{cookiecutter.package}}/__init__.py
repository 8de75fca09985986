"""A vLLM IO processor for GeoTIFFs: windows to a geospatial model, and a GeoTIFF of its answers."""
