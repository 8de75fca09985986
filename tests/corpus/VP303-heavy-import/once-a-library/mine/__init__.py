import scipy
import scipy.sparse
from scipy import linalg

def register():
    pass
