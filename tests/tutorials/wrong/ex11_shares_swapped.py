# hint: how much of the old average is left


def averaged(average, now, decay):
    return {key: (1 - decay) * average[key] + decay * now[key] for key in average}
