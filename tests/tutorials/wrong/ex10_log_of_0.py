# hint: what is 0 times log 0


def p_log_p(p):
    return p * np.log(p)
