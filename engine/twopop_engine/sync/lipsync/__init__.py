"""Our own model of lip sync: lips as landmarks, sound as log-mel, two small towers whose products tell the fit."""
