def register():
    import sklearn
    from bs4 import BeautifulSoup
    import flash_mine
    import fms
