def register():
    print 'registered'
