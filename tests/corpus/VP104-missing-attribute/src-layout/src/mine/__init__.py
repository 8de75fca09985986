from mine._plugin import register
